#pragma once
#include <sqlite3.h>

// Swift cannot import the cast macro SQLITE_TRANSIENT.
static inline sqlite3_destructor_type sluice_sqlite_transient(void) { return SQLITE_TRANSIENT; }

// Swift cannot call variadic functions. Without memory statistics, allocation takes no lock. Must be called before the first
// database is opened.
static inline void sluice_sqlite_leave_out_statistics(void) { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// A database may come from anywhere: SQL must not write its pages, its schema must not call functions with side effects,
// its triggers must not run, and a view, which could have endlessly many rows, must not replace a table.
static inline void sluice_sqlite_distrust(sqlite3 *database) {
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)0);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)0);
}
