"""The command line: one file a noun. Results on stdout, talk on stderr, exit codes 0, 1 (no) and 2 (misuse)."""
