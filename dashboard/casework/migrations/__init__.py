"""How the casework store's tables came to be, step by step; run by `store.migrate`, never by hand."""
