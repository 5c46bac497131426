// A program that links this library needs the loop and the TLS settings too: they come with the one import.
@_exported public import Sockets
@_exported public import TLS
