"""`python -m worker`: one worker process; `epochyard worker` starts one for every GPU."""

import sys

from app.settings import Settings
from worker.service import serve

if __name__ == "__main__":
    sys.exit(serve(Settings()))
