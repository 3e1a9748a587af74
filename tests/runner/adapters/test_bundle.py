"""The evidence bundle: signed as a whole, verifiable from its folder and a public key alone."""

from __future__ import annotations

import base64
import json
import os
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner

from runner.adapters.bundle import ENVELOPE, FINAL_CERTIFICATE, RunBundle, verify_bundle
from runner.adapters.signing import PREDICATE_TYPE, PublicKey, SigningKey
from runner.errors import BadInput, EvidenceInvalid

FILES = {"plan.json": "{}\n", "tests.json": '{"a": 1}\n', "change.diff": "--- ä\r\n"}


def sealed(folder: Path, key: SigningKey) -> Path:
    """A sealed bundle with three files."""
    bundle = RunBundle(folder, key, PublicKey(key.public_pem))
    for name, content in FILES.items():
        bundle.write(name, content)
    assert bundle.seal({"verdict": "PROVEN"})
    return folder


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    """An installation's key."""
    return SigningKey(tmp_path / "keys" / "evidence.pem")


def test_a_sealed_bundle_verifies(tmp_path: Path, key: SigningKey) -> None:
    """Its folder and the public key are all that anybody needs."""
    folder = sealed(tmp_path / "run", key)
    assert verify_bundle(folder, PublicKey(key.public_pem)) == ()
    certificate = json.loads((folder / FINAL_CERTIFICATE).read_text())
    assert (certificate["format"], certificate["rung"], certificate["passed"]) == (1, 65537, True)
    assert (folder / "change.diff").read_bytes() == FILES["change.diff"].encode()


def test_the_envelope_holds_an_in_toto_statement(tmp_path: Path, key: SigningKey) -> None:
    """Other people's tools can read it: Statement v1 with a subject per file, in DSSE."""
    folder = sealed(tmp_path / "run", key)
    envelope = json.loads((folder / ENVELOPE).read_text())
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == PREDICATE_TYPE
    assert statement["predicate"]["facts"] == {"verdict": "PROVEN"}
    assert [subject["name"] for subject in statement["subject"]] == sorted(FILES)


def replace_file(folder: Path, name: str, change: Callable[[str], str]) -> None:
    """Rewrite one file of the bundle."""
    (folder / name).write_text(change((folder / name).read_text()))


def rewrite_subject(text: str) -> str:
    """The envelope with another digest inside and its old signature."""
    envelope = json.loads(text)
    payload = base64.b64decode(envelope["payload"]).replace(b"change.diff", b"change.patch")
    return json.dumps(envelope | {"payload": base64.b64encode(payload).decode()})


TAMPERING: dict[str, tuple[Callable[[Path], object], str]] = {
    "altered": (lambda f: replace_file(f, "plan.json", lambda text: text + " "), "plan.json was altered"),
    "removed": (lambda f: (f / "tests.json").unlink(), "tests.json is signed but missing"),
    "added": (lambda f: (f / "more.json").write_text("{}"), "more.json is not covered"),
    "added below": (lambda f: ((f / "sub").mkdir(), (f / "sub" / "x").write_text("")), "sub/x is not covered"),
    "linked": (
        lambda f: ((f / "plan.json").unlink(), (f / "plan.json").symlink_to("tests.json")),
        "plan.json was altered",
    ),
    "dangling link": (lambda f: (f / "l").symlink_to("nowhere"), "l is not covered"),
    "linked folder": (lambda f: (f / "l").symlink_to("/usr"), "l is not covered"),
    "no envelope": (lambda f: (f / ENVELOPE).unlink(), "never sealed"),
    "no certificate": (lambda f: (f / FINAL_CERTIFICATE).unlink(), "never verified"),
    "certificate altered": (
        lambda f: replace_file(f, FINAL_CERTIFICATE, lambda text: text.replace("final", "finer")),
        "was altered after signing",
    ),
    "envelope laid out otherwise": (lambda f: replace_file(f, ENVELOPE, lambda text: text + " "), "was altered"),
    "envelope not JSON": (lambda f: (f / ENVELOPE).write_text("{"), "not a DSSE envelope"),
    "envelope not an object": (lambda f: (f / ENVELOPE).write_text("[]"), "not a DSSE envelope"),
    "envelope not text": (lambda f: (f / ENVELOPE).write_bytes(b"\xff"), "unreadable"),
    "signature not base64": (
        lambda f: replace_file(f, ENVELOPE, lambda text: text.replace('"sig": "', '"sig": "!')),
        ENVELOPE,
    ),
    "no signature": (
        lambda f: replace_file(f, ENVELOPE, lambda text: json.dumps(json.loads(text) | {"signatures": []})),
        "the signature is not of the key",
    ),
    "statement changed": (lambda f: replace_file(f, ENVELOPE, rewrite_subject), "the signature is not of the key"),
    "type changed": (
        lambda f: replace_file(f, ENVELOPE, lambda text: text.replace("in-toto+json", "other+json")),
        "the signature is not of the key",
    ),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_named(tmp_path: Path, key: SigningKey, name: str) -> None:
    """Whatever somebody changes in a sealed bundle, verification says which file and how."""
    folder = sealed(tmp_path / "run", key)
    tamper, fault = TAMPERING[name]
    tamper(folder)
    faults = verify_bundle(folder, PublicKey(key.public_pem))
    assert any(fault in line for line in faults), faults


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PublicKey]:
    """One sealed bundle for many looks, and its key."""
    home = tmp_path_factory.mktemp("sealed")
    key = SigningKey(home / "key.pem")
    return sealed(home / "run", key), PublicKey(key.public_pem)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_flipped_bit_is_found(whole: tuple[Path, PublicKey], data: st.DataObject) -> None:
    """In any file, the envelope and the final certificate among them."""
    folder, key = whole
    path = folder / data.draw(st.sampled_from(sorted(entry.name for entry in folder.iterdir())))
    content = path.read_bytes()
    position, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    flipped = bytearray(content)
    flipped[position] ^= 1 << bit
    path.write_bytes(bytes(flipped))
    try:
        assert verify_bundle(folder, key), (path.name, position, bit)
    finally:
        path.write_bytes(content)


def test_another_key_does_not_verify(tmp_path: Path, key: SigningKey) -> None:
    """Who signs everything again with an own key gains nothing: the key is never taken from the bundle."""
    folder = sealed(tmp_path / "run", SigningKey(tmp_path / "forger.pem"))
    (fault,) = verify_bundle(folder, PublicKey(key.public_pem))
    assert "not of the key given" in fault


def test_sealing_says_when_it_does_not_verify(tmp_path: Path, key: SigningKey) -> None:
    """Certificate 65537 is the outcome of a real check, so a wrong public half is reported."""
    other = SigningKey(tmp_path / "other.pem")
    bundle = RunBundle(tmp_path / "run", key, PublicKey(other.public_pem))
    bundle.write("plan.json", "{}")
    assert not bundle.seal({})
    certificate = json.loads((tmp_path / "run" / FINAL_CERTIFICATE).read_text())
    assert certificate["passed"] is False
    assert "not of the key" in certificate["facts"]["faults"]


def test_the_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    """The installation's key survives restarts and no other user may read it."""
    path = tmp_path / "deep" / "evidence.pem"
    first = SigningKey(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SigningKey(path).public_pem == first.public_pem
    assert "PRIVATE" not in first.public_pem
    assert os.listdir(path.parent) == ["evidence.pem"]


def test_workers_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    """Of two keys made at the same moment one would sign what nobody can verify."""
    start = threading.Barrier(8)

    def public_pem(_: int) -> str:
        start.wait(timeout=20)
        return SigningKey(tmp_path / "key.pem").public_pem

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(public_pem, range(8)))) == 1
    assert os.listdir(tmp_path) == ["key.pem"]


def ec_pem() -> tuple[str, str]:
    """A key pair of another kind: private and public PEM."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), public.decode()


@pytest.mark.parametrize(("pem", "complaint"), [("", "not PEM"), ("nonsense", "not PEM"), (ec_pem()[1], "not Ed25519")])
def test_a_wrong_public_key_is_refused(pem: str, complaint: str) -> None:
    """`verify --key` says what to give instead of failing later."""
    with pytest.raises(BadInput, match=complaint):
        PublicKey(pem)


@pytest.mark.parametrize(("pem", "complaint"), [("nonsense", "not a PEM"), (ec_pem()[0], "not an Ed25519")])
def test_a_wrong_private_key_is_refused(tmp_path: Path, pem: str, complaint: str) -> None:
    """A broken key file is never overwritten: somebody may still want it."""
    (tmp_path / "key.pem").write_text(pem)
    with pytest.raises(BadInput, match=complaint):
        SigningKey(tmp_path / "key.pem")
    assert (tmp_path / "key.pem").read_text() == pem


def signed_with(path: Path, payload: dict[str, object], payload_type: str) -> str:
    """An envelope around anything, signed by the key at `path`."""
    private = load_pem_private_key(path.read_bytes(), None)
    envelope = Envelope(json.dumps(payload).encode(), payload_type, {})
    envelope.sign(CryptoSigner(private))
    return json.dumps(envelope.to_dict())


STATEMENT: dict[str, object] = {
    "_type": "https://in-toto.io/Statement/v1",
    "predicateType": PREDICATE_TYPE,
    "subject": [{"name": "a", "digest": {"sha256": "0" * 64}}],
    "predicate": {},
}


def test_another_kind_of_statement_is_not_evidence(tmp_path: Path) -> None:
    """The installation's own signature under something else is no proof of a run."""
    path = tmp_path / "key.pem"
    key = PublicKey(SigningKey(path).public_pem)
    in_toto = "application/vnd.in-toto+json"
    assert key.subjects(signed_with(path, STATEMENT, in_toto)) == {"a": "0" * 64}
    with pytest.raises(EvidenceInvalid, match="does not hold application/vnd"):
        key.subjects(signed_with(path, STATEMENT, "text/plain"))
    with pytest.raises(EvidenceInvalid, match="not of type https://greenloop"):
        key.subjects(signed_with(path, {**STATEMENT, "predicateType": "https://slsa.dev/provenance/v1"}, in_toto))


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path, key: SigningKey) -> None:
    """Half a file would be signed as if it were whole."""
    bundle = RunBundle(tmp_path / "run", key, PublicKey(key.public_pem))
    with pytest.raises(UnicodeEncodeError):
        bundle.write("plan.json", "\ud800")
    assert os.listdir(tmp_path / "run") == []


@pytest.mark.parametrize("name", ["../out", "/etc/out", ENVELOPE, FINAL_CERTIFICATE])
def test_a_bundle_writes_only_its_own_files(tmp_path: Path, key: SigningKey, name: str) -> None:
    """Names come from code, but a bundle that could leave its folder would be a hole."""
    bundle = RunBundle(tmp_path / "run", key, PublicKey(key.public_pem))
    with pytest.raises(BadInput, match="cannot hold"):
        bundle.write(name, "")


def test_a_bundle_needs_a_folder_of_its_own(tmp_path: Path, key: SigningKey) -> None:
    """Two runs' evidence must never mix."""
    (tmp_path / "other").write_text("")
    with pytest.raises(BadInput, match="is not empty"):
        RunBundle(tmp_path, key, PublicKey(key.public_pem))


def test_writing_again_replaces(tmp_path: Path, key: SigningKey) -> None:
    """A later attempt's plan.json takes the place of the earlier one, and no temporary file stays."""
    bundle = RunBundle(tmp_path / "run", key, PublicKey(key.public_pem))
    bundle.write("plan.json", "1")
    bundle.write("plan.json", "2")
    assert (tmp_path / "run" / "plan.json").read_text() == "2"
    assert os.listdir(tmp_path / "run") == ["plan.json"]


@pytest.mark.parametrize(("content", "on_disk"), [("ä\r\n", b"\xc3\xa4\r\n"), ("\udcff", b"\xff")])
def test_a_diffs_bytes_are_kept(tmp_path: Path, key: SigningKey, content: str, on_disk: bytes) -> None:
    """Diffs hold what repositories hold: carriage returns, and bytes that are no text."""
    RunBundle(tmp_path / "run", key, PublicKey(key.public_pem)).write("change.diff", content)
    assert (tmp_path / "run" / "change.diff").read_bytes() == on_disk


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.dictionaries(st.text(min_size=1), st.text(alphabet="0123456789abcdef", min_size=64, max_size=64), min_size=1))
def test_what_is_signed_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, digests: dict[str, str]) -> None:
    """Any file name survives statement, envelope and JSON."""
    key = SigningKey(tmp_path_factory.getbasetemp() / "property.pem")
    assert PublicKey(key.public_pem).subjects(key.sign(digests, {"n": "1"})) == digests
