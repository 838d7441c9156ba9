"""What transactions post, who settles whom, and every balance that follows."""
