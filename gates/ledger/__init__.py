"""The ledger: append-only entries, chained per subject. Pure: bytes in, bytes and digests out."""
