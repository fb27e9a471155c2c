"""YAML text -> checked process, with every fault named by line and column. Fails closed.

`load_process` reads a file an author wrote; `process_from_canonical` reads the canonical bytes a register
stores. `read_document` is the closed reader by itself, for other files that PMO people write.
"""

from policies.load.document import Document, read_document
from policies.load.process import LoadedProcess, load_process, process_from_canonical
from policies.load.typed import build

__all__ = [
    "Document",
    "LoadedProcess",
    "build",
    "load_process",
    "process_from_canonical",
    "read_document",
]
