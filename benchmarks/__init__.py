"""What the book's performance figures come from."""
