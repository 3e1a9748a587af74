"""What `go test` and `cargo test` print leads to the repository's own lines."""

from __future__ import annotations

import json

import pytest

from runner.verify.line_reports import read_go, read_libtest

ROOT = "/checkout"


def failed(said: str, package: str = "shop/cart") -> tuple[tuple[str, int], ...]:
    """The frames of a Go test that says this and fails."""
    events = [
        {"Action": action, "Package": package, "Test": "TestA", "Output": said} for action in ("run", "output", "fail")
    ]
    places = {"shop/cart": "cart/cart_test.go", "shop": "all_test.go", "shop/bare": "bare", "": "."}
    (result,) = read_go([*map(json.dumps, events)], lambda name, _: places[name], ROOT).values()
    return result.frames


@pytest.mark.parametrize(
    ("said", "package", "frames"),
    [
        ("    cart_test.go:7: got 1\n", "shop/cart", (("cart/cart_test.go", 7),)),
        ("    all_test.go:7: got 1\n", "shop", (("all_test.go", 7),)),
        ("    x_test.go:7: got 1\n", "shop/bare", (("bare/x_test.go", 7),)),
        ("./till.go:4:2: undefined: Open\n", "shop", (("till.go", 4),)),
        ("till/till.go:4:2: undefined: Open\n", "shop", (("till/till.go", 4),)),
        (
            "\t/checkout/cart/cart.go:3 +0x1d\n\t/usr/local/go/src/testing/testing.go:9 +0x1\n",
            "shop",
            (("cart/cart.go", 3),),
        ),
        ("\t/root/go/pkg/mod/dep@v1/dep.go:3 +0x1d\n../other/a.go:1: no\n", "shop/cart", ()),
        ("\n" * 30_000, "shop/cart", ()),
    ],
)
def test_go_frames_are_paths_of_the_repository(said: str, package: str, frames: tuple[tuple[str, int], ...]) -> None:
    """A bare name is one of the package's; Go's own files and the modules it fetched are none of ours."""
    assert failed(said, package) == frames


@pytest.mark.parametrize(
    ("place", "frames"),
    [
        ("src/lib.rs:10:5", (("src/lib.rs", 10),)),
        ("/checkout/src/lib.rs:10:5", (("src/lib.rs", 10),)),
        ("/rustc/abc/library/core/src/option.rs:1:1", ()),
        ("/root/.cargo/registry/src/dep/src/lib.rs:1:1", ()),
    ],
)
def test_rust_frames_are_paths_of_the_repository(place: str, frames: tuple[tuple[str, int], ...]) -> None:
    """Neither the standard library nor a fetched package is one."""
    output = (
        "     Running unittests src/lib.rs (target/debug/deps/shop)\n"
        f"test a ... FAILED\n\n---- a stdout ----\nthread 'a' panicked at {place}:\nno\n\nfailures:\n"
        "test result: FAILED. 0 passed; 1 failed\n"
    )
    found = read_libtest(output, ROOT)
    assert found is not None
    assert found["src/lib.rs::a"].frames == frames
