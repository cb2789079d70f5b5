"""The shadow run, in a process of its own: `python -m edge.slots.shadow_run JOB`, the job in JSON.

It reads the journal that the edge goes on writing, and prints the agreement as JSON. A job that cannot be
done ends with a code other than 0.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from edge.adapters.child import limit_this_process
from edge.adapters.litert import load_model
from edge.contract.bundle import read_bundle
from edge.contract.errors import BundleError
from edge.contract.messages import Agreement
from edge.contract.topics import Topics
from edge.ends import Entry
from edge.slots.shadow import compare, sample_topic
from edge.storage.database import open_for_reading
from edge.storage.journal import Journal

# An hour of some hundred wearers; of more, the most recent count.
MOST_ENTRIES: Final = 20_000


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Which models to compare, and on which stretch of whose journal."""

    state_dir: str
    prefix: str
    from_s: float
    on_stream_time: bool
    in_use: str
    new: str


def shadow_command(job: Job) -> list[str]:
    """The command that does a job."""
    return [sys.executable, "-m", "edge.slots.shadow_run", msgspec.json.encode(job).decode()]


def read_agreement(output: bytes) -> Agreement:
    """What a shadow run has printed; BundleError if that is no agreement."""
    try:
        return msgspec.json.decode(output, type=Agreement)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleError(str(error), where="shadow run", allowed="an agreement") from error


def main(arguments: list[str]) -> int:
    """Do the job and print what came of it."""
    limit_this_process()
    job = msgspec.json.decode(arguments[0], type=Job)
    in_use, new = (load_model(read_bundle(Path(path))) for path in (job.in_use, job.new))
    topics, signals = Topics(job.prefix), {*in_use.stream.signals, *new.stream.signals}
    database = open_for_reading(Path(job.state_dir))
    entries = list(_newest(Journal(database), topics, signals, job.from_s))
    database.close()
    agreement = compare(reversed(entries), topics, in_use, new, on_stream_time=job.on_stream_time)
    sys.stdout.buffer.write(msgspec.json.encode(agreement))
    return 0


def _newest(journal: Journal, topics: Topics, signals: set[str], from_s: float) -> Iterator[Entry]:
    """The entries of these signals since then, newest first."""
    taken = 0
    for entry in journal.newest():
        if entry.received_s < from_s or taken == MOST_ENTRIES:
            return
        topic = sample_topic(entry, topics)
        if topic is not None and topic.signal in signals:
            taken += 1
            yield entry


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
