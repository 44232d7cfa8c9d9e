//! The private PostgreSQL server: finds the binaries, creates the cluster, starts, heals and stops it.
