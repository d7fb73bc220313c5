//! The order as the browser expects it, until the server has decided, and how the two become one.
