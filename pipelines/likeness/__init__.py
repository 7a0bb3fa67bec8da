"""Units beside their like, from released tables alone: below the release that writes them and the audit that checks."""
