// What the parts of the library share.

// True if this call is to fail. A process that is to be killed is killed in it.
int fault_strikes(const char *name);
// The number of the error that the settings want; 0 for none.
int fault_error_number(void);
// True if the process is to write only a part, and be killed then.
int fault_is_torn(void);
