"""`vitalward bundle`: what can be done with a bundle, from its key to its proof."""

from __future__ import annotations

from edge.cli import Command, dispatch

BUNDLE_COMMANDS = {
    "keygen": Command("edge.commands.bundle.keygen:main", "make a pair of keys to sign with"),
    "pack": Command("edge.commands.bundle.pack:main", "make a bundle of its parts, say with another card"),
    "sign": Command("edge.commands.bundle.sign:main", "sign a bundle with a private key"),
    "verify": Command(
        "edge.commands.bundle.verify:main", "check hashes, signature and golden vectors on this machine"
    ),
    "install": Command(
        "edge.commands.bundle.install:main", "have a running edge put it to use, or refuse it"
    ),
    "inspect": Command("edge.commands.bundle.inspect:main", "show what a bundle holds"),
    "bench": Command(
        "converter.commands.bench:main", "measure its speed, load time and memory on this machine"
    ),
    "targets": Command(
        "converter.commands.targets:main", "put it to every runtime and processor at hand", "training"
    ),
    "export-c": Command(
        "converter.commands.export_c:main", "write it as C for a microcontroller, with a test"
    ),
    "diff": Command("edge.commands.bundle.diff:main", "show where two bundles differ"),
}


def main(argv: list[str]) -> int:
    """Run the named subcommand of `vitalward bundle`."""
    return dispatch("vitalward bundle", BUNDLE_COMMANDS, argv)
