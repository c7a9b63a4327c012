"""What the web process reads of the trainer must not load torch."""

import subprocess
import sys

LIGHT = "import sys, trainer.config, trainer.catalog, trainer.events, trainer.scope; sys.exit('torch' in sys.modules)"


def test_config_catalog_and_events_load_no_torch() -> None:
    assert subprocess.run([sys.executable, "-c", LIGHT], check=False).returncode == 0
