"""Looking after an installation: what is destroyed when, what is copied where, what is weaker here and why."""
