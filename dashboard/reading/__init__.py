"""From released tables to what a page says: plain values, no drawing. Hidden stays hidden (None with its reason)."""
