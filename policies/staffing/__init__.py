"""A process held against a roster: can every outcome be met, whoever writes the item and whoever is away? Pure.

`check_staffing` takes the loaded process and a `Staff` (the people as of given moments, their leaves, the sites and
their calendars) and answers with remarks, the most serious first. What may be said of an outcome other than a
refusal is asked of the evaluator itself; here are only the people and items it is asked about.
"""

from policies.staffing.check import check_staffing, unmeetable
from policies.staffing.model import DAYS_AHEAD, Away, Level, Staff, StaffRemark

__all__ = ["DAYS_AHEAD", "Away", "Level", "Staff", "StaffRemark", "check_staffing", "unmeetable"]
