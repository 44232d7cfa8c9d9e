//! One seeder at a time, whichever process it is in.

use super::seed::SeedError;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::time::Duration;

/// How often a seeder looks whether its turn has come. It asks instead of waiting in the database, where every wait is
/// short.
const LOOK: Duration = Duration::from_millis(200);

/// What one process does at a time. The numbers only have to differ from every other advisory lock of the database.
#[derive(Clone, Copy, Debug)]
pub enum Turn {
    Seed = 0x7365_6564,
    Fill = 0x6669_6c6c,
}

#[diesel::declare_sql_function]
extern "SQL" {
    fn pg_try_advisory_lock(key: BigInt) -> Bool;
    fn pg_advisory_unlock(key: BigInt) -> Bool;
}

/// Does the work once nobody else does. The lock is the connection's: it ends with the work, or with the connection.
pub fn in_turn<T>(
    conn: &mut PgConnection,
    turn: Turn,
    work: impl FnOnce(&mut PgConnection) -> Result<T, SeedError>,
) -> Result<T, SeedError> {
    let key = turn as i64;
    while !diesel::select(pg_try_advisory_lock(key)).get_result::<bool>(conn)? {
        std::thread::sleep(LOOK);
    }
    let done = work(conn);
    let unlocked = diesel::select(pg_advisory_unlock(key)).get_result::<bool>(conn);
    let done = done?;
    unlocked?;
    Ok(done)
}
