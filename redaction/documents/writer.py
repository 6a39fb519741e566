"""The writing process: one document in, the fresh file and its texts read back out, and it ends.

It keeps the libraries that write out of the broker's memory, and has the reader's limits: whatever
a library would like to leave in a temporary file, it cannot. The document comes on standard input
(see document); the answer is `[kind, body]` in JSON, of success with the file in base64 and the
document that was read out of it.
"""

import base64
import json

from redaction.documents.reader import serve


def main() -> None:
    """Write one document and read it again."""
    serve(_answer)


def _answer(content: bytes) -> list[object]:
    from broker.domain.errors import RedactionError  # noqa: PLC0415  # after the limits
    from redaction.documents.document import decode, encode  # noqa: PLC0415  # as above
    from redaction.documents.files import write  # noqa: PLC0415  # as above
    from redaction.documents.read import read  # noqa: PLC0415  # as above
    from redaction.documents.refusals import why_of  # noqa: PLC0415  # as above

    try:
        suffix, _, fresh = write(decode(content))
        again = json.loads(encode(read(f"fresh{suffix}", fresh)))
        return ["written", [base64.b64encode(fresh).decode("ascii"), again]]
    except RedactionError as error:
        return ["refused", [str(error), why_of(error)]]
    except Exception as error:  # noqa: BLE001  # the text must not travel in a traceback
        return ["failed", type(error).__name__]


if __name__ == "__main__":
    main()
