#!/usr/bin/env python3
"""Print the statements that take PostgreSQL longest on any page, with their plans."""

from __future__ import annotations

import argparse
from urllib.parse import urlencode

from inside import EMAIL
from installation import Installation, Servers, may_keep, rows
from run import SEARCHES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000, help="incidents and the rest")
    parser.add_argument("--most", type=int, default=5, help="statements")
    parser.add_argument("--runs", type=int, default=5, help="of each page")
    may_keep(parser)
    asked = parser.parse_args()
    servers = Servers(asked.keep)
    try:
        installation = Installation(servers, rows(asked.size))
        try:
            paths = installation.inside("addresses")
            for path, searches in {"/lessons/": "lessons", "/search/": "everything"}.items():
                for name, words in SEARCHES.items():
                    shape = name.replace("lessons", searches)
                    paths[shape] = f"{path}?{urlencode({'q': words})}"
            told = {"email": EMAIL, "paths": paths, "runs": asked.runs, "most": asked.most}
            found = installation.inside("dearest", **told)
        finally:
            installation.stop()
    finally:
        servers.stop()
    for place, one in enumerate(found, 1):
        print(f"## {place}. {one['milliseconds']:.1f} ms, {one['page']}\n")
        print(f"```sql\n{one['sql']}\n```\n\n```\n{one['plan']}\n```\n")


if __name__ == "__main__":
    main()
