#pragma once
#include <sqlite3.h>

// Swift cannot import the cast macro SQLITE_TRANSIENT.
static inline sqlite3_destructor_type sluice_sqlite_transient(void) { return SQLITE_TRANSIENT; }

// Swift cannot call variadic functions.
static inline int sluice_sqlite_enable_defensive(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}
