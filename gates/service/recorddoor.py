"""The record for auditors: exceptions, samples, reviews and access. A wing of the register's door."""

from __future__ import annotations

from datetime import datetime

from gates.items import Actor
from gates.service.compliance import access, exceptions, reviewing, sampling
from gates.service.compliance.access import AccessReview
from gates.service.deciding import Refusing
from gates.service.directorydoor import DirectoryDoor
from gates.service.searching.sentences import FoundEntry, one_entry


class RecordDoor(DirectoryDoor):
    """See the module docstring."""

    def entry(self, chain: str, seq: int) -> tuple[FoundEntry, str]:
        """One entry in words, and its body as it was hashed. Raises NotFound."""
        with self._desk.store.snapshot() as connection:
            return one_entry(self._desk, connection, chain, seq)

    def exceptions(
        self, since: datetime | None = None, until: datetime | None = None, kinds: tuple[str, ...] = ()
    ) -> exceptions.ExceptionReport:
        """What was out of the ordinary from `since` to before `until`. Raises BadInput, RecordBroken."""
        with self._desk.store.snapshot() as connection:
            return exceptions.exceptions(self._desk, connection, since, until, kinds)

    def sample(self, order: sampling.SampleOrder, by: Actor) -> sampling.Sample:
        """Draw a sample of items, on the record. Raises BadInput, NotFound, Refused (not sealed yet)."""
        return self._desk.work(lambda unit: sampling.sample(self._desk, unit, order, by))

    def samples(self) -> list[sampling.Sample]:
        """The samples drawn so far, oldest first."""
        with self._desk.store.reading() as connection:
            return sampling.samples(connection)

    def review_trail(self, key: str, by: Actor, finding: str) -> str:
        """Review an item's trail, on the record. Returns a sentence. Raises NotFound, BadInput, Refused."""
        answer = self._desk.work(lambda unit: reviewing.review(self._desk, unit, key, by, finding))
        if isinstance(answer, Refusing):
            raise answer.error
        return answer

    def trail_reviews(self, key: str) -> tuple[reviewing.TrailReview, ...]:
        """The reviews of an item's trail, oldest first. Raises NotFound."""
        with self._desk.store.reading() as connection:
            return reviewing.reviews(self._desk, connection, key)

    def access(self, moment: datetime | None = None) -> access.AccessReport:
        """Who could do what at `moment`, or can now; what was granted and ended before, and the reviews of it.

        Raises RecordBroken."""
        with self._desk.store.snapshot() as connection:
            return access.access(self._desk, connection, moment)

    def review_access(self, by: Actor, finding: str, shown: str | None = None) -> AccessReview:
        """Say on the record that access was looked through, up to the entry with the digest `shown`. Raises NotFound,
        BadInput, StaleRevision (rights changed after it), RecordBroken."""
        return self._desk.work(lambda unit: access.review(self._desk, unit, by, finding, shown))

    def last_access_review(self) -> AccessReview | None:
        """The newest review of access, what came since not counted; None where there is none. Raises RecordBroken."""
        with self._desk.store.reading() as connection:
            return access.last_review(connection)
