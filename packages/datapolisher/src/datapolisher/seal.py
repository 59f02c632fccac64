"""``verify``: whether a dataset is still what was approved; and the signature that says who approved it.

A manifest binds an approval to bytes: each file with its size and digest, and one digest over all of them. A signature
(``ssh-keygen -Y sign``) binds the manifest to a key.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datapolisher import manifest, source
from datapolisher.errors import DocumentError, InputError, Problem, WorkError
from datapolisher.reading import read_text
from datapolisher.yaml_text import Text

SUFFIX = ".sig"


@dataclass(frozen=True)
class Verdict:
    """What `verify` found.

    Parameters
    ----------
    manifest
        The file that was held against the data.
    problems
        What is not as approved, a sentence for each; empty when everything is.
    approved_by, approved_at
        As the manifest says.
    files
        How many files it speaks of.
    signature
        What is known about who signed; empty without a signature.
    """

    manifest: Path
    problems: tuple[str, ...]
    approved_by: str
    approved_at: str
    files: int
    signature: str = ""

    @property
    def holds(self) -> bool:
        """Whether the data is what was approved."""
        return not self.problems


def verify(directory: Path, named: Path | None = None, signers: Path | None = None) -> Verdict:
    """Hold a dataset against its manifest.

    Parameters
    ----------
    named
        The manifest; ``.manifest.yaml`` in the directory by default.
    signers
        A file of allowed signers (``ssh-keygen``'s format): the signature has to be there and to be one of theirs.

    Raises
    ------
    InputError
        There is no such directory or manifest, or it is no manifest.
    """
    path = named or directory / manifest.FILE
    if not directory.is_dir():
        raise InputError(f"{directory}: no such directory")
    if not path.is_file():
        raise InputError(f"{path}: no such file: nobody has approved this dataset, or the manifest lies elsewhere")
    content = read_manifest(path)
    approval = content["approval"]
    problems = [*_not_approved(approval), *_changed(directory, content), *_unknown(directory, content)]
    if not problems and source.dataset_digest(directory) != content.get("dataset_digest"):
        problems.append("a file beside the tables was added, removed or changed: the digest over all is another")
    signature, wrong = _signature(path, approval, signers)
    return Verdict(
        path,
        (*problems, *wrong),
        str(approval.get("approved_by")),
        str(approval.get("approved_at")),
        len(content["files"]),
        signature,
    )


def read_manifest(path: Path) -> Mapping[str, Any]:
    """A manifest of version 1.

    Raises
    ------
    DocumentError
        It is no YAML, or no manifest.
    """
    content = Text(read_text(path), str(path)).tree
    if problems := list(_malformed(content, str(path))):
        raise DocumentError(problems=problems)
    found: Mapping[str, Any] = content
    return found


def _malformed(content: Any, name: str) -> Iterator[Problem]:
    if not isinstance(content, Mapping):
        yield Problem(f"not a manifest: {manifest.CONTRACT} needs keys at its top", file=name)
        return
    contract = content.get("contract")
    if not isinstance(contract, str) or not contract.startswith("manifest/1."):
        yield Problem(f"contract {contract!r}: a manifest/1.x document is needed", file=name)
    files = content.get("files")
    if not isinstance(files, list) or not all(_is_file_entry(entry) for entry in files):
        yield Problem("files: a list of {path, bytes, rows, sha256} is needed", file=name)
    if not isinstance(content.get("approval"), Mapping):
        yield Problem("approval: is missing", file=name)


def _is_file_entry(entry: Any) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("path"), str) and isinstance(entry.get("sha256"), str)


def _not_approved(approval: Mapping[str, Any]) -> Iterator[str]:
    if approval.get("approved") is not True:
        yield "the manifest does not approve the dataset"


def _changed(directory: Path, content: Mapping[str, Any]) -> Iterator[str]:
    """Files of the manifest that are gone or changed."""
    home = directory.resolve()
    for entry in content["files"]:
        path = directory / entry["path"]
        if not path.resolve().is_relative_to(home):
            yield f"{entry['path']}: leads out of the dataset"
        elif not path.is_file():
            yield f"{entry['path']}: is gone"
        elif source.sha256(path) != entry["sha256"]:
            bytes_ = path.stat().st_size
            grown = "" if bytes_ == entry.get("bytes") else f" ({entry.get('bytes')} bytes then, {bytes_} now)"
            yield f"{entry['path']}: is not what was approved{grown}"


def _unknown(directory: Path, content: Mapping[str, Any]) -> Iterator[str]:
    """Data files that the approval does not speak of."""
    known = {entry["path"] for entry in content["files"]}
    for file in source.data_files(directory):
        if file.as_posix() not in known:
            yield f"{file.as_posix()}: was not there when the dataset was approved"


def sign(path: Path, key: Path) -> Path:
    """Sign a manifest with an SSH key; the signature's file, beside it.

    Raises
    ------
    InputError
        There is no such key.
    WorkError
        ``ssh-keygen`` is not installed, or refuses.
    """
    if not key.is_file():
        raise InputError(f"{key}: no such key")
    signature = path.with_name(path.name + SUFFIX)
    signature.unlink(missing_ok=True)
    done = _ssh_keygen("-Y", "sign", "-f", str(key), "-n", manifest.NAMESPACE, str(path))
    if done.returncode or not signature.is_file():
        raise WorkError(f"{path}: not signed: {_said(done)}")
    return signature


def fingerprint(key: Path) -> str:
    """``SHA256:…`` of a key, as ``ssh-keygen`` shows it.

    Raises
    ------
    InputError
        It is no key.
    """
    if not key.is_file():
        raise InputError(f"{key}: no such key")
    done = _ssh_keygen("-l", "-f", str(key))
    words = done.stdout.split()
    if done.returncode or len(words) < 2:
        raise InputError(f"{key}: not an SSH key: {_said(done)}")
    return words[1]


def _signature(path: Path, approval: Mapping[str, Any], signers: Path | None) -> tuple[str, list[str]]:
    """What is known about the signature, and what is wrong with it."""
    signature = path.with_name(path.name + SUFFIX)
    said = approval.get("signature")
    key = said.get("key") if isinstance(said, Mapping) else None
    if not signature.is_file():
        missing = key is not None or signers is not None
        return "", [f"{signature.name}: the signature is missing"] if missing else []
    who = _signer(path, signature, signers)
    if isinstance(who, list):
        return "", who
    name, used = who
    if key is not None and used != key:
        return "", [f"{signature.name}: signed with {used}, and the approval says {key}"]
    known = f"{name} with {used}" if name else f"{used}; whose key that is, --signers FILE would say"
    return f"signed by {known}" if name else f"signed with {known}", []


def _signer(path: Path, signature: Path, signers: Path | None) -> tuple[str, str] | list[str]:
    """Principal (empty where nobody said who may sign) and key; or what is wrong."""
    content = path.read_bytes()
    if signers is None:
        done = _ssh_keygen("-Y", "check-novalidate", "-n", manifest.NAMESPACE, "-s", str(signature), content=content)
        return ("", _key_of(done)) if not done.returncode else [_bad(signature, done)]
    if not signers.is_file():
        raise InputError(f"{signers}: no such file of allowed signers")
    found = _ssh_keygen("-Y", "find-principals", "-s", str(signature), "-f", str(signers))
    names = found.stdout.split()
    if found.returncode or not names:
        return [f"{signature.name}: the key that signed is not one of {signers}"]
    options = ("-f", str(signers), "-I", names[0], "-n", manifest.NAMESPACE, "-s", str(signature))
    done = _ssh_keygen("-Y", "verify", *options, content=content)
    return (names[0], _key_of(done)) if not done.returncode else [_bad(signature, done)]


def _bad(signature: Path, done: subprocess.CompletedProcess[str]) -> str:
    return f"{signature.name}: does not sign this manifest: {_said(done)}"


def _key_of(done: subprocess.CompletedProcess[str]) -> str:
    return next((word for word in done.stdout.split() if word.startswith("SHA256:")), "an unknown key")


def _ssh_keygen(*args: str, content: bytes = b"") -> subprocess.CompletedProcess[str]:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise WorkError(
            "ssh-keygen is not installed: signatures can neither be made nor checked (OpenSSH 8.1 or newer)"
        )
    call: Sequence[str] = [program, *args]
    done = subprocess.run(call, input=content, capture_output=True, check=False)  # noqa: S603  no shell, a fixed program
    return subprocess.CompletedProcess(
        call, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


def _said(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"
