import { createTheme, type MantineThemeOverride } from '@mantine/core';

/** Colours that keep their contrast in light and dark; text no smaller than 14 px but for labels. */
export const THEME: MantineThemeOverride = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, "DejaVu Sans Mono", monospace',
  cursorType: 'pointer',
  focusRing: 'auto',
});
