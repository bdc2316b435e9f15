import { render } from 'preact';
import { App } from './app';
import { firstLanguage } from './language/language';
import { chosen, themeOf, wearTheme } from './preferences';

const place = document.getElementById('console');
const theme = themeOf(chosen('theme'));
wearTheme(theme);
if (place !== null) {
  render(
    <App firstLanguage={firstLanguage(chosen('language'), navigator.languages)} firstTheme={theme} />,
    place,
  );
}
