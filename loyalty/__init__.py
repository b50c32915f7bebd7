"""The programme: members, points, rewards. It knows no HTTP and no words for people."""
