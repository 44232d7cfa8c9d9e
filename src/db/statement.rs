//! SQL statements with named parameters that stay prepared.
//!
//! Diesel prepares an `UPDATE` and every `sql_query` anew at each use, which costs a round trip and a plan, and it has
//! no words for a data-modifying CTE. A statement of the sale is declared once with [`statement!`](crate::statement)
//! instead: its parameters become the columns of a one-row table `given`, so that the SQL reads by name. `NOT
//! MATERIALIZED` lets the planner put the parameters where they are named; as a table, joined again in every part of a
//! hold, it cost 20 µs.

/// Declares a statement as a struct of its parameters: `field: RustType => SqlType`, then the SQL that follows
/// `WITH given AS NOT MATERIALIZED (SELECT <parameters>)`. With `-> (SqlTypes)` it returns rows.
#[macro_export]
macro_rules! statement {
    ($(#[$doc:meta])* $vis:vis struct $name:ident<$life:lifetime> { $($field:ident: $rust:ty => $sql_type:ty),+ $(,)? }
     $(-> $rows:ty)? : $sql:literal) => {
        $(#[$doc])*
        $vis struct $name<$life> { $(pub $field: $rust),+ }

        impl<$life> diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name<$life> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                let mut joint = "WITH given AS NOT MATERIALIZED (SELECT ";
                $(
                    out.push_sql(joint);
                    out.push_bind_param::<$sql_type, _>(&self.$field)?;
                    out.push_sql(concat!(" AS ", stringify!($field)));
                    joint = ", ";
                )+
                let _ = joint;
                out.push_sql(concat!(") ", $sql));
                Ok(())
            }
        }

        impl<$life> diesel::query_builder::QueryId for $name<$life> {
            type QueryId = $name<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        $(impl<$life> diesel::query_builder::Query for $name<$life> {
            type SqlType = $rows;
        })?

        impl<$life> diesel::RunQueryDsl<diesel::PgConnection> for $name<$life> {}
    };
}
