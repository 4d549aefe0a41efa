"""What a principal did, read from CloudTrail events, and how much of it the trail can show."""
