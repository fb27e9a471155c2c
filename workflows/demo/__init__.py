"""The demo: a seeded program, a guide, a time machine, and the tour that walks it all unattended."""
