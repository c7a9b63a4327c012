"""Where the app and the trainer meet: takes queued runs and trains them."""
