"""What every address of the API has in common, whichever room it belongs to."""
