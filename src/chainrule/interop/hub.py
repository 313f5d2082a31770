"""Repositories of the Hugging Face hub, from the cache on this machine first."""

from __future__ import annotations

from pathlib import Path

from chainrule.errors import WeightsError

__all__ = ["fetch"]

_BESIDE = ("*.json", "vocab.txt", "merges.txt", "1_Pooling/config.json")
_SAFETENSORS = "model*.safetensors"
_PYTORCH = "pytorch_model*.bin"


def fetch(name: str, revision: str | None = None) -> tuple[Path, str]:
    """Find a repository in the hub's cache, or download what is needed of it.

    Parameters
    ----------
    name : str
        Owner and name, such as ``"google/bert_uncased_L-2_H-128_A-2"``.
    revision : str, optional
        A commit, a tag or a branch; "main" by default.

    Returns
    -------
    folder : Path
        Where its files are.
    commit : str
        The revision, as a commit.

    Raises
    ------
    WeightsError
        If it is not in the cache and cannot be downloaded.
    """
    try:
        import huggingface_hub
    except ImportError:
        raise WeightsError(
            f"{name!r} is neither a file nor a folder; to look for it on the Hugging Face hub, run: "
            'pip install "chainrule[hub]"'
        ) from None
    try:
        return _cached(name, revision)
    except FileNotFoundError:
        pass
    try:
        for weights in (_SAFETENSORS, _PYTORCH):
            folder = Path(
                huggingface_hub.snapshot_download(name, revision=revision, allow_patterns=[*_BESIDE, weights])
            )
            if any(folder.glob(weights)):
                break
    except (OSError, ValueError) as error:  # a network error, an unknown name, a name that cannot be
        raise WeightsError(_advice(name, revision, error)) from None
    return folder, folder.name


def _cached(name: str, revision: str | None) -> tuple[Path, str]:
    import huggingface_hub

    folder = Path(huggingface_hub.snapshot_download(name, revision=revision, local_files_only=True))
    if not any(any(folder.glob(weights)) for weights in (_SAFETENSORS, _PYTORCH)):
        raise FileNotFoundError(folder)
    return folder, folder.name


def _advice(name: str, revision: str | None, error: Exception) -> str:
    reason = str(error).strip().split("\n")[0]
    pinned = f" --revision {revision}" if revision else ""
    return (
        f"there is no file or folder {name!r}, and the Hugging Face hub's repository of that name is not in its cache "
        f"and could not be downloaded ({reason}); where there is a network, run: hf download {name}{pinned} "
        "--local-dir FOLDER, then give the path of that folder here, which must hold config.json and model.safetensors "
        "or pytorch_model.bin, and for texts the tokenizer's files"
    )
