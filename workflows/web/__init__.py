"""The pages: server-rendered, without scripts, under a strict content policy."""
