"""A broker process that is going to be killed: writes without pause, tells what was acknowledged.

Run as `python -m tests.crash.writer URL NAME`. After each call that returned it prints one line:
`entry <index>` or `disclosure <id>`; the line is out before the next call begins.
"""

import itertools
import sys
import threading

from tests import builders
from tests.contract.county import disclose, draft
from tests.simulators import open_test_store

THREADS = 4


def main() -> None:
    """Write until killed."""
    url, name = sys.argv[1:]
    store = open_test_store(url)
    out = threading.Lock()

    def tell(line: str) -> None:
        with out:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def work(worker: int) -> None:
        for number in itertools.count():
            if number % 3 == 0:
                receipt = disclose(store, f"{name}-{worker}-{number:06}")
                tell(f"disclosure {receipt.disclosure_id}")
            else:
                tell(f"entry {store.ledger.record(draft(number, builders.NOW)).index}")

    for worker in range(THREADS):
        threading.Thread(target=work, args=(worker,), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
