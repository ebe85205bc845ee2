"""Back up database, keys and frozen unit tables as one, and restore them."""

from experiments.services.backup.manifest import Manifest, read_manifest
from experiments.services.backup.restore import restore
from experiments.services.backup.take import backup

__all__ = ["Manifest", "backup", "read_manifest", "restore"]
