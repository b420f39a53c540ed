/**
 * What an audit found, in the forms that programs read, JSON, SARIF 2.1.0 and JUnit XML, and as a
 * page for people. All of them are made of one {@link dev.cairn.cli.report.AuditDocument}, and the
 * same document gives the same bytes. Start there.
 */
@NullMarked
package dev.cairn.cli.report;

import org.jspecify.annotations.NullMarked;
