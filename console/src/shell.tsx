import { AppShell, Burger, Group, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactElement } from 'react';
import { Link, useLocation } from 'react-router';
import { AccountMenu } from './account-menu.tsx';
import { ConnectionState } from './connection-state.tsx';
import { PageRoutes } from './page-routes.tsx';
import { PAGES } from './pages.ts';
import { ShortcutHelp } from './shortcut-help.tsx';
import { useEvents } from './use-events.ts';
import { useShortcuts } from './use-shortcuts.ts';

/** Navigation and header around the page that is shown. */
export function Shell(): ReactElement {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const [isHelpOpen, help] = useDisclosure(false);
  const { pathname } = useLocation();
  const isHeard = useEvents();
  useShortcuts(help.toggle);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close the navigation' : 'Open the navigation'}
            />
            <img src="/console-icon.svg" alt="" width={24} height={24} />
            <Text fw={700}>Sallyport</Text>
          </Group>
          <AccountMenu onHelp={help.open} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        {PAGES.map(({ path, title, icon: Icon }) => (
          <NavLink
            key={path}
            component={Link}
            to={path}
            label={title}
            leftSection={<Icon size={18} aria-hidden />}
            active={isActive(pathname, path)}
            aria-current={isActive(pathname, path) ? 'page' : undefined}
            onClick={close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <ConnectionState isHeard={isHeard} />
        <PageRoutes />
      </AppShell.Main>
      <ShortcutHelp opened={isHelpOpen} onClose={help.close} />
    </AppShell>
  );
}

function isActive(pathname: string, path: string): boolean {
  return path === '/' ? pathname === '/' : pathname === path || pathname.startsWith(`${path}/`);
}
