"""A script of its own: the rows of one SELECT, from a server to standard output as an Arrow stream.

What to ask comes as JSON on standard input, where no other process sees the password. If anything
goes wrong the exit code is 1 and the last line of standard error says why, as JSON.
"""

import json
import sys


def main() -> None:
    """Answer one question."""
    try:
        import connectorx
        import pyarrow as pa

        asked = json.load(sys.stdin)
        rows = connectorx.read_sql(
            asked["url"],
            asked["select"],
            return_type="arrow_stream",
            batch_size=asked["batch_rows"],
            pre_execution_query=asked["before"],
        )
        with pa.ipc.new_stream(sys.stdout.buffer, rows.schema) as out:
            for batch in rows:
                out.write_batch(batch)
        sys.stdout.flush()
    except BaseException as error:  # connectorx's panics are no Exception
        sys.stderr.write(f"\n{json.dumps(str(error))}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
