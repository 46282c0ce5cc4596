"""Which device work runs on. Nothing here imports torch unless a GPU may be there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from recengine.core.errors import SettingsError

NO_GPU = (
    "no GPU that PyTorch can use was found. Choose the device 'auto' or 'cpu', "
    "or install a CUDA build of torch (`recengine doctor` says which one is here)."
)


def num_gpus() -> int:
    """How many GPUs a job may use; looks at the machine, not at torch, so it costs nothing."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([number for number in visible.split(",") if number.strip() and number.strip() != "-1"])
    found = [path for path in Path("/dev").glob("nvidia[0-9]*") if path.name[len("nvidia") :].isdigit()]
    return len(found) or int(shutil.which("nvidia-smi") is not None)


def resolve(wanted: str) -> str:
    """The torch device for "auto", "cpu" or "cuda".

    Raises:
        SettingsError: a GPU was asked for and torch finds none.
    """
    check(wanted)
    if wanted == "cpu" or num_gpus() == 0:
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise SettingsError(NO_GPU)
    return "cpu"


def check(wanted: str) -> None:
    """Raise SettingsError where a GPU is asked for on a machine that has none."""
    if wanted == "cuda" and num_gpus() == 0:
        raise SettingsError(NO_GPU)


def describe(device: str) -> str:
    """The device in words: "cpu" or "cuda: NVIDIA H100"."""
    if not device.startswith("cuda"):
        return device
    import torch

    return f"{device}: {torch.cuda.get_device_name(device)}"


def cpu_jobs() -> int:
    """How many jobs may share the processor: one on a small machine, two where there is room."""
    wanted = os.environ.get("RECENGINE_CPU_JOBS", "")
    if wanted.isdigit():
        return max(1, int(wanted))
    return 1 if (os.cpu_count() or 1) < 6 else 2


def threads_per_job() -> int:
    """Threads a job may use, so that all jobs together leave the web server one core."""
    return max(1, ((os.cpu_count() or 1) - 1) // cpu_jobs())
