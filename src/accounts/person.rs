//! A member of staff.

use crate::clock::Instant;
use crate::ids::PersonId;
use crate::schema::people;
use diesel::prelude::*;

text_enum! {
    pub enum Role {
        Owner = "owner",
        Manager = "manager",
        Programmer = "programmer",
        BoxOffice = "box_office",
        Usher = "usher",
    }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = people, check_for_backend(diesel::pg::Pg))]
pub struct Person {
    pub id: PersonId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub password_hash: String,
    /// A session holds the epoch that it began in, and ends with it.
    pub session_epoch: i32,
}

/// A new member of staff; the password is a PHC string, never the word itself.
pub struct NewPerson<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub role: Role,
    pub password_hash: &'a str,
}

/// Adds a person; false when somebody has that address already.
pub fn add(conn: &mut PgConnection, new: &NewPerson<'_>, now: Instant) -> QueryResult<bool> {
    let rows = diesel::insert_into(people::table)
        .values((
            people::email.eq(new.email.trim().to_lowercase()),
            people::name.eq(new.name),
            people::role.eq(new.role),
            people::password_hash.eq(new.password_hash),
            people::created_at.eq(now),
        ))
        .on_conflict(people::email)
        .do_nothing()
        .execute(conn)?;
    Ok(rows == 1)
}

/// Sets a person's password; false when nobody has that address.
pub fn set_password(conn: &mut PgConnection, email: &str, password_hash: &str) -> QueryResult<bool> {
    let rows = diesel::update(people::table.filter(people::email.eq(email.trim().to_lowercase())))
        .set((people::password_hash.eq(password_hash), people::session_epoch.eq(people::session_epoch + 1)))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Ends every session of a person.
pub fn end_sessions(conn: &mut PgConnection, id: PersonId) -> QueryResult<()> {
    diesel::update(people::table.find(id)).set(people::session_epoch.eq(people::session_epoch + 1)).execute(conn)?;
    Ok(())
}

/// The person with this address, unless disabled.
pub fn find_by_email(conn: &mut PgConnection, email: &str) -> QueryResult<Option<Person>> {
    people::table
        .filter(people::email.eq(email.trim().to_lowercase()))
        .filter(people::disabled_at.is_null())
        .select(Person::as_select())
        .first(conn)
        .optional()
}

/// The person, unless disabled.
pub fn find_active(conn: &mut PgConnection, id: PersonId) -> QueryResult<Option<Person>> {
    people::table.find(id).filter(people::disabled_at.is_null()).select(Person::as_select()).first(conn).optional()
}

/// The names of people, disabled ones too: for telling who did what.
pub fn names(conn: &mut PgConnection, ids: &[PersonId]) -> QueryResult<Vec<(PersonId, String)>> {
    people::table.filter(people::id.eq_any(ids)).select((people::id, people::name)).load(conn)
}
