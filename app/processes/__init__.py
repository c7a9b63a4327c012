"""The processes of one machine: the broker we start, children that die with their parent, devices."""
