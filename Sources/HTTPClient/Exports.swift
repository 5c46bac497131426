// A program that links this library names URLs, header fields, connectors and their errors, too: they come with the one
// import.
@_exported public import Connector
@_exported public import HTTPCore
