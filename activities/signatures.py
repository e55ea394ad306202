"""Faces sign the commands they checked; `transact` takes no other. Keys are Ed25519, named by a hash of the public one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)


def id_of(public: bytes) -> str:
    """The id of a key, by its public half."""
    return sha256(public).hexdigest()[:16]


def _id_of(key: Ed25519PublicKey) -> str:
    return id_of(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


@dataclass(frozen=True)
class SigningKey:
    """A face's or worker's own key."""

    id: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The public half: 32 bytes."""
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, data: bytes) -> bytes:
        """The signature of some bytes."""
        return self.private.sign(data)

    @classmethod
    def kept_in(cls, folder: Path, name: str) -> Self:
        """The key `name` of a folder, made when it is not there: private readable by its owner only, public beside it."""
        path = folder / f"{name}.key"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            private = Ed25519PrivateKey.generate()
            pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            fresh = folder / f".{name}.{os.getpid()}"
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
                os.fsync(file.fileno())
            try:
                os.link(fresh, path)  # the first of two processes wins, and both go on with its key
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        loaded = load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(loaded, Ed25519PrivateKey)
        public = loaded.public_key()
        (folder / f"{name}.pub").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return cls(_id_of(public), loaded)


def public_half(folder: Path, name: str) -> bytes | None:
    """The public half of a key of a folder, 32 bytes; None where there is none."""
    try:
        key = load_pem_public_key((folder / f"{name}.pub").read_bytes())
    except FileNotFoundError:
        return None
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


@dataclass(frozen=True)
class Keyring:
    """The public keys of the faces and workers that are trusted."""

    keys: Mapping[str, Ed25519PublicKey]

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """Every public key of a folder."""
        loaded = (load_pem_public_key(path.read_bytes()) for path in sorted(folder.glob("*.pub")))
        return cls({_id_of(key): key for key in loaded if isinstance(key, Ed25519PublicKey)})

    def checks(self, key_id: str, signature: bytes, data: bytes) -> bool:
        """Whether a trusted key of that id signed the bytes."""
        key = self.keys.get(key_id)
        if key is None:
            return False
        try:
            key.verify(signature, data)
        except InvalidSignature:
            return False
        return True
