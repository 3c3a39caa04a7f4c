/** The report: Markdown, and one HTML file with its plots in it. */
package dev.loadline.load.report;
