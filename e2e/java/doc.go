// Package java parses the generated Java worker options with the JDK's own
// parser. That proves the syntax only: the Temporal SDK's classes are not looked
// up, so a setter that does not exist is not found.
package java
