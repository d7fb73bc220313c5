//! Words of the registrant's pages.
