"""How evidence is signed: an in-toto statement over file digests, in a DSSE envelope, with an Ed25519 key.

Statement: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
Envelope: https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from google.protobuf import json_format
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor  # type: ignore[import-untyped]  # ships no types
from in_toto_attestation.v1.statement import STATEMENT_TYPE_URI, Statement  # type: ignore[import-untyped]
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]  # exported without __all__

from runner.errors import BadInput, EvidenceInvalid

PREDICATE_TYPE: Final = "https://greenloop.dev/evidence/v1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"


class PublicKey:
    """What a signed statement is checked with. Raises BadInput if `pem` is not an Ed25519 public key."""

    def __init__(self, pem: str) -> None:
        try:
            key = load_pem_public_key(pem.encode())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise BadInput("the key is not PEM; `greenloop doctor` prints the public half to use") from error
        if not isinstance(key, Ed25519PublicKey):
            raise BadInput("the key is not Ed25519; `greenloop doctor` prints the public half to use")
        self._key = SSlibKey.from_crypto(key)

    def subjects(self, envelope: str) -> Mapping[str, str]:
        """File name -> SHA-256 of every subject. Raises EvidenceInvalid unless this key signed the envelope."""
        return {subject["name"]: subject["digest"]["sha256"] for subject in self._statement(envelope)["subject"]}

    def facts(self, envelope: str) -> Mapping[str, str]:
        """What was signed about the run beside its files. Raises EvidenceInvalid unless this key signed it."""
        return dict(self._statement(envelope)["predicate"]["facts"])

    def _statement(self, envelope: str) -> Mapping[str, Any]:
        statement: Mapping[str, Any] = json.loads(self._payload(envelope))
        if (statement.get("_type"), statement.get("predicateType")) != (STATEMENT_TYPE_URI, PREDICATE_TYPE):
            raise EvidenceInvalid(f"the statement is not of type {PREDICATE_TYPE}")
        return statement

    def _payload(self, envelope: str) -> bytes:
        try:
            signed = Envelope.from_dict(json.loads(envelope))
            signed.verify([self._key], threshold=1)
        except VerificationError as error:
            raise EvidenceInvalid(
                "the signature is not of the key given; check it against the installation's"
            ) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise EvidenceInvalid("the envelope is not a DSSE envelope") from error
        if signed.payload_type != PAYLOAD_TYPE:
            raise EvidenceInvalid(f"the envelope does not hold {PAYLOAD_TYPE}")
        return signed.payload


class SigningKey:
    """The installation's private key at `path`; made there on first use, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        private = _private_key(path)
        self._signer = CryptoSigner(private)
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.public_pem: Final = public.decode()

    def sign(self, digests: Mapping[str, str], facts: Mapping[str, str]) -> str:
        """The envelope, as JSON, of a statement about the files: name -> SHA-256 in hex. At least one file."""
        subjects = [ResourceDescriptor(name=name, digest={"sha256": digests[name]}).pb for name in sorted(digests)]
        statement = Statement(subjects, PREDICATE_TYPE, {"format": 1, "facts": dict(facts)})
        statement.validate()
        payload = json.dumps(json_format.MessageToDict(statement.pb), sort_keys=True, separators=(",", ":"))
        envelope = Envelope(payload.encode(), PAYLOAD_TYPE, {})
        envelope.sign(self._signer)
        return json.dumps(envelope.to_dict(), sort_keys=True, indent=2) + "\n"


def _private_key(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        _make_key(path)
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput(f"{path} is not a PEM private key; move it away and a new one is made") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(f"{path} is not an Ed25519 key; move it away and a new one is made")
    return key


def _make_key(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp's files are 0600 from the start. Linked, not renamed: of two workers that start at once, the second
    # finds the first one's key in place and uses it.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        return
    finally:
        os.unlink(name)
