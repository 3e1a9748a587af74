"""How `cargo test` is run and read. https://doc.rust-lang.org/cargo/commands/cargo-test.html ."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from runner.adapters.suites_invocation import Ask, HasModule, Invocation, RunnerKind, replay_of
from runner.proof import TestResult
from runner.verify.line_reports import read_libtest


class CargoRunner(RunnerKind):
    """Rust's tests, always all of them, built anew each time: what a test left in a build folder must not count."""

    name = "cargo test"

    def claims(self, words: tuple[str, ...]) -> bool:
        """Whether the command is `cargo test …`."""
        return bool(words) and PurePosixPath(words[0]).name == "cargo" and "test" in words

    def detects(self, checkout: Path, has_module: HasModule) -> bool:  # noqa: ARG002  # it is no Python
        """Whether there is a Cargo package."""
        return (checkout / "Cargo.toml").is_file()

    def invoke(self, ask: Ask) -> Invocation:
        """Offline, to the last binary, with the options of the command."""
        words = ask.words or ("cargo", "test")
        before, handed = (words[: words.index("--")], words[words.index("--") :]) if "--" in words else (words, ())
        argv = (*before, "--offline", "--no-fail-fast", "--color=never", *handed)
        env = {"CARGO_TARGET_DIR": str(ask.folder / "target"), "CARGO_INCREMENTAL": "0", "RUST_BACKTRACE": "0"}
        return Invocation(argv, replay_of(words, (), {}), env)

    def results(self, ask: Ask, output: str) -> Mapping[str, TestResult] | None:
        """What its test binaries printed."""
        return read_libtest(output, str(ask.checkout))

    def is_missing(self, output: str) -> bool:
        """What rustup says where there is no toolchain, or cargo where packages are not there offline."""
        said = ("rustup could not choose a version", "attempting to make an HTTP request", "using offline mode")
        return any(one in output for one in said)
