//! The exit status of a command that checks something, for scripts.

use std::error::Error;
use std::process;

const WRONG: i32 = 1;
const NOT_RUN: i32 = 2;

/// Ends with 0 when all is well, with 1 when it is not, and with 2 when the command could not run, which it says.
pub fn end(well: Result<bool, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let status = match well {
        Ok(true) => return Ok(()),
        Ok(false) => WRONG,
        Err(error) => {
            eprintln!("marquee: {error}");
            NOT_RUN
        }
    };
    process::exit(status)
}
